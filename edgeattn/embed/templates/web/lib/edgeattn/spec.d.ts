import type { Port } from "./engine.js";
import type { Step } from "./step.js";
/** A runtime that can be asked for. */
export type Runtime = "onnxruntime" | "litert";
/** A model and how it is fed. */
export interface Spec<Label extends string = string> {
    readonly name: string;
    /** What a sample is: "photo", "sound", "numbers", "text" or "tensors". */
    readonly kind: string;
    readonly inputs: readonly Port[];
    readonly outputs: readonly Port[];
    readonly labels: readonly Label[];
    /** Model files by the runtime that opens them, the preferred one first. */
    readonly files: {
        readonly [runtime in Runtime]?: string;
    };
    /** From a decoded sample to the first input. */
    readonly steps: readonly Step[];
    /** Height and width that a photo is brought to. */
    readonly photo?: {
        readonly height: number;
        readonly width: number;
    };
    /** The inputs that tokens and their mask go to. */
    readonly text?: {
        readonly length: number;
        readonly ids: string;
        readonly mask: string;
    };
    /** Golden samples in probe.bin, and the order in which runtimes' answers stand there. */
    readonly probe: {
        readonly samples: number;
        readonly runtimes: readonly Runtime[];
    };
}
