import type { Step } from "./step.js";
/** Return what the model is fed for a sample of the given shape. */
export declare function prepare(sample: ArrayLike<number>, shape: readonly number[], steps: readonly Step[]): Float32Array;
