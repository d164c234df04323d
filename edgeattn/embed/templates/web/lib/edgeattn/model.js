// A model that is open: inputs in, outputs out.
import { EdgeAttnError, check } from "./engine.js";
/** A model for prepared inputs. */
export class Model {
    spec;
    opened;
    constructor(spec, opened) {
        this.spec = spec;
        this.opened = opened;
    }
    /** "onnxruntime-web, wasm". */
    get engine() {
        return this.opened.engine.name;
    }
    /** What runs the operators. */
    get backend() {
        return this.opened.backend;
    }
    /** Why this backend and not the one that was wanted. */
    get reason() {
        return this.opened.reason;
    }
    /** Return the outputs for prepared inputs, each in the order of the ports. */
    async run(inputs) {
        const ports = this.spec.inputs;
        if (inputs.length !== ports.length) {
            throw new EdgeAttnError(`the model takes ${ports.length} inputs, not ${inputs.length}`);
        }
        for (let i = 0; i < ports.length; ++i)
            check(ports[i], inputs[i]);
        return this.opened.engine.run(inputs);
    }
    /** Give the memory back; nothing runs afterwards. */
    async close() {
        await this.opened.engine.close();
    }
}
