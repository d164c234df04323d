import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Engine, Numbers, Port } from "./engine.js";
/** What both packages export. */
export interface Ort {
    readonly InferenceSession: {
        create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
    };
    readonly Tensor: typeof Tensor;
}
/** An .onnx file, opened. */
export declare class OnnxRuntime implements Engine {
    readonly name: string;
    private readonly ort;
    private readonly session;
    private readonly inputs;
    private readonly outputs;
    private readonly answers;
    private constructor();
    /** Open the bytes of an .onnx file. */
    static open(name: string, ort: Ort, model: Uint8Array, ports: {
        readonly inputs: readonly Port[];
        readonly outputs: readonly Port[];
    }, options: InferenceSession.SessionOptions): Promise<OnnxRuntime>;
    run(inputs: readonly Numbers[]): Promise<Numbers[]>;
    close(): Promise<void>;
}
