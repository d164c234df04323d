import { type Engine } from "./engine.js";
import type { Judgement } from "./probe.js";
/** What runs the operators. */
export type Backend = "wasm" | "webgpu" | "cpu";
/** An engine, and why it is this one. */
export interface Opened {
    readonly engine: Engine;
    readonly backend: Backend;
    /** Why WebGPU does not run although it was wanted, or what it proved; "" when nobody asked. */
    readonly reason: string;
}
/**
 * Open WebGPU, let it prove itself, and fall back to WebAssembly when it cannot.
 *
 * @param start Opens an engine.
 * @param prove Runs golden vectors on it.
 */
export declare function openProven(start: (backend: "wasm" | "webgpu") => Promise<Engine>, prove: (engine: Engine) => Promise<Judgement>): Promise<Opened>;
/** Refuse at once where there is no WebGPU: some engines take seconds to find out. */
export declare function demandWebGpu(): Promise<void>;
