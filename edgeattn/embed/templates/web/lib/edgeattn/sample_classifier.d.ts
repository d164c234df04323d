import { type Prediction } from "./classes.js";
import { Model } from "./model.js";
/** A model that tells samples apart: as many numbers as its input holds, in its order. */
export declare class SampleClassifier<Label extends string = string> extends Model<Label> {
    /** Return the likeliest classes, the best first. */
    classify(sample: Float32Array, most?: number): Promise<Prediction<Label>[]>;
    /** Return what the model is fed for a sample. */
    prepare(sample: Float32Array): Float32Array;
    /** Return a number for each class, for a prepared input. */
    logits(input: Float32Array): Promise<Float32Array>;
}
