// A model that is open: inputs in, outputs out.

import { EdgeAttnError, type Numbers, check } from "./engine.js";
import type { Backend, Opened } from "./opening.js";
import type { Spec } from "./spec.js";

/** A model for prepared inputs. */
export class Model<Label extends string = string> {
  constructor(
    readonly spec: Spec<Label>,
    private readonly opened: Opened,
  ) {}

  /** "onnxruntime-web, wasm". */
  get engine(): string {
    return this.opened.engine.name;
  }

  /** What runs the operators. */
  get backend(): Backend {
    return this.opened.backend;
  }

  /** Why this backend and not the one that was wanted. */
  get reason(): string {
    return this.opened.reason;
  }

  /** Return the outputs for prepared inputs, each in the order of the ports. */
  async run(inputs: readonly Numbers[]): Promise<Numbers[]> {
    const ports = this.spec.inputs;
    if (inputs.length !== ports.length) {
      throw new EdgeAttnError(`the model takes ${ports.length} inputs, not ${inputs.length}`);
    }
    for (let i = 0; i < ports.length; ++i) check(ports[i]!, inputs[i]!);
    return this.opened.engine.run(inputs);
  }

  /** Give the memory back; nothing runs afterwards. */
  async close(): Promise<void> {
    await this.opened.engine.close();
  }
}
