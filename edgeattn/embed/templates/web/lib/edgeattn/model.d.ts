import { type Numbers } from "./engine.js";
import type { Backend, Opened } from "./opening.js";
import type { Spec } from "./spec.js";
/** A model for prepared inputs. */
export declare class Model<Label extends string = string> {
    readonly spec: Spec<Label>;
    private readonly opened;
    constructor(spec: Spec<Label>, opened: Opened);
    /** "onnxruntime-web, wasm". */
    get engine(): string;
    /** What runs the operators. */
    get backend(): Backend;
    /** Why this backend and not the one that was wanted. */
    get reason(): string;
    /** Return the outputs for prepared inputs, each in the order of the ports. */
    run(inputs: readonly Numbers[]): Promise<Numbers[]>;
    /** Give the memory back; nothing runs afterwards. */
    close(): Promise<void>;
}
