import { type Prediction } from "./classes.js";
import { type Numbers } from "./engine.js";
import { Model } from "./model.js";
import type { Opened } from "./opening.js";
import type { Spec } from "./spec.js";
/** A model that tells texts apart. */
export declare class TextClassifier<Label extends string = string> extends Model<Label> {
    private readonly tokenizer;
    constructor(spec: Spec<Label>, opened: Opened, vocabulary: readonly string[]);
    /** Return the likeliest classes of a text, the best first. */
    classify(text: string, most?: number): Promise<Prediction<Label>[]>;
    /** Return the inputs for a text, in the order of the ports. */
    prepare(text: string): Numbers[];
}
