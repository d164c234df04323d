import { type Engine, type Numbers } from "./engine.js";
import type { Runtime, Spec } from "./spec.js";
/** Golden samples, unpacked. */
export interface Probe {
    readonly samples: number;
    readonly inputs: readonly Numbers[];
    readonly expected: Numbers;
}
/** What an engine made of a probe. */
export interface Judgement {
    readonly passed: boolean;
    /** Largest difference, in parts of the range of what is expected. */
    readonly difference: number;
    /** "2 golden samples passed, largest difference 0.31 % of the range". */
    readonly words: string;
}
/** Unpack probe.bin. */
export declare function unpack(spec: Spec, runtime: Runtime, packed: Uint8Array): Promise<Probe>;
/**
 * Run the golden samples.
 *
 * They pass when the largest difference is at most 2 % of the expected outputs' range and each
 * sample's best class is what it was: what `edgeattn check` asks of another kind of processor.
 */
export declare function judge(engine: Engine, spec: Spec, probe: Probe): Promise<Judgement>;
