// LiteRT.js: .tflite files in a browser. Its tensors are float32, int32 or uint8, and nothing else.
import { EdgeAttnError } from "./engine.js";
let loaded;
/** A .tflite file, opened. */
export class LiteRt {
    name;
    litert;
    model;
    inputs;
    outputs;
    constructor(name, litert, model, inputs, outputs) {
        this.name = name;
        this.litert = litert;
        this.model = model;
        this.inputs = inputs;
        this.outputs = outputs;
    }
    /**
     * Open the bytes of a .tflite file.
     *
     * @param wasm Address of the folder with the package's .wasm files.
     * @param accelerator What runs the operators.
     */
    static async open(litert, model, ports, wasm, accelerator) {
        for (const port of [...ports.inputs, ...ports.outputs]) {
            if (port.dtype !== "float32" && port.dtype !== "int32") {
                throw new EdgeAttnError(`LiteRT.js has no tensors of ${port.dtype}, which ${port.name} is`);
            }
        }
        loaded ??= litert.loadLiteRt(wasm, { jspi: false }).catch((error) => {
            loaded = undefined; // another try may find the files
            throw error;
        });
        await loaded;
        const compiled = await litert.loadAndCompile(model, { accelerator });
        return new LiteRt(`LiteRT.js, ${accelerator}`, litert, compiled, ports.inputs, ports.outputs);
    }
    async run(inputs) {
        const given = {};
        this.inputs.forEach((port, i) => {
            const numbers = inputs[i];
            given[port.name] = new this.litert.Tensor(numbers, [...port.shape]);
        });
        try {
            const found = await this.model.run(given);
            return await Promise.all(this.outputs.map(async (port) => {
                const here = await found[port.name].moveTo("wasm");
                const numbers = here.toTypedArray().slice();
                here.delete();
                return numbers;
            }));
        }
        finally {
            for (const tensor of Object.values(given))
                tensor.delete();
        }
    }
    async close() {
        this.model.delete();
    }
}
