// LiteRT.js: .tflite files in a browser. Its tensors are float32, int32 or uint8, and nothing else.

import type { CompiledModel, Tensor } from "@litertjs/core";
import { type Engine, EdgeAttnError, type Numbers, type Port } from "./engine.js";

type Package = typeof import("@litertjs/core");

let loaded: Promise<unknown> | undefined;

/** A .tflite file, opened. */
export class LiteRt implements Engine {
  private constructor(
    readonly name: string,
    private readonly litert: Package,
    private readonly model: CompiledModel,
    private readonly inputs: readonly Port[],
    private readonly outputs: readonly Port[],
  ) {}

  /**
   * Open the bytes of a .tflite file.
   *
   * @param wasm Address of the folder with the package's .wasm files.
   * @param accelerator What runs the operators.
   */
  static async open(
    litert: Package,
    model: Uint8Array,
    ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    wasm: string,
    accelerator: "wasm" | "webgpu",
  ): Promise<LiteRt> {
    for (const port of [...ports.inputs, ...ports.outputs]) {
      if (port.dtype !== "float32" && port.dtype !== "int32") {
        throw new EdgeAttnError(`LiteRT.js has no tensors of ${port.dtype}, which ${port.name} is`);
      }
    }
    loaded ??= litert.loadLiteRt(wasm, { jspi: false }).catch((error: unknown) => {
      loaded = undefined; // another try may find the files
      throw error;
    });
    await loaded;
    const compiled = await litert.loadAndCompile(model, { accelerator });
    return new LiteRt(`LiteRT.js, ${accelerator}`, litert, compiled, ports.inputs, ports.outputs);
  }

  async run(inputs: readonly Numbers[]): Promise<Numbers[]> {
    const given: Record<string, Tensor> = {};
    this.inputs.forEach((port, i) => {
      const numbers = inputs[i] as Float32Array | Int32Array;
      given[port.name] = new this.litert.Tensor(numbers, [...port.shape]);
    });
    try {
      const found = await this.model.run(given);
      return await Promise.all(
        this.outputs.map(async (port) => {
          const here = await found[port.name]!.moveTo("wasm");
          const numbers = here.toTypedArray().slice() as Numbers;
          here.delete();
          return numbers;
        }),
      );
    } finally {
      for (const tensor of Object.values(given)) tensor.delete();
    }
  }

  async close(): Promise<void> {
    this.model.delete();
  }
}
