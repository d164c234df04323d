import { type Engine, type Numbers, type Port } from "./engine.js";
type Package = typeof import("@litertjs/core");
/** A .tflite file, opened. */
export declare class LiteRt implements Engine {
    readonly name: string;
    private readonly litert;
    private readonly model;
    private readonly inputs;
    private readonly outputs;
    private constructor();
    /**
     * Open the bytes of a .tflite file.
     *
     * @param wasm Address of the folder with the package's .wasm files.
     * @param accelerator What runs the operators.
     */
    static open(litert: Package, model: Uint8Array, ports: {
        readonly inputs: readonly Port[];
        readonly outputs: readonly Port[];
    }, wasm: string, accelerator: "wasm" | "webgpu"): Promise<LiteRt>;
    run(inputs: readonly Numbers[]): Promise<Numbers[]>;
    close(): Promise<void>;
}
export {};
