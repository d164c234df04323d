// ONNX Runtime: onnxruntime-web in a browser, onnxruntime-node in Node; their API is the same.

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
export class OnnxRuntime implements Engine {
  private constructor(
    readonly name: string,
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    private readonly inputs: readonly Port[],
    private readonly outputs: readonly Port[],
    private readonly answers: readonly string[],
  ) {}

  /** Open the bytes of an .onnx file. */
  static async open(
    name: string,
    ort: Ort,
    model: Uint8Array,
    ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    options: InferenceSession.SessionOptions,
  ): Promise<OnnxRuntime> {
    const session = await ort.InferenceSession.create(model, options);
    const answers = ports.outputs.map((port) => port.name);
    return new OnnxRuntime(name, ort, session, ports.inputs, ports.outputs, answers);
  }

  async run(inputs: readonly Numbers[]): Promise<Numbers[]> {
    const feeds: Record<string, Tensor> = {};
    for (let i = 0; i < this.inputs.length; ++i) {
      const port = this.inputs[i]!;
      feeds[port.name] = new this.ort.Tensor(
        port.dtype,
        inputs[i] as Numbers & Tensor.DataType,
        port.shape,
      ) as Tensor;
    }
    const found = await this.session.run(feeds, this.answers);
    return this.outputs.map((port) => found[port.name]!.data as Numbers);
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
