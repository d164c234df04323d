// ONNX Runtime: onnxruntime-web in a browser, onnxruntime-node in Node; their API is the same.
/** An .onnx file, opened. */
export class OnnxRuntime {
    name;
    ort;
    session;
    inputs;
    outputs;
    answers;
    constructor(name, ort, session, inputs, outputs, answers) {
        this.name = name;
        this.ort = ort;
        this.session = session;
        this.inputs = inputs;
        this.outputs = outputs;
        this.answers = answers;
    }
    /** Open the bytes of an .onnx file. */
    static async open(name, ort, model, ports, options) {
        const session = await ort.InferenceSession.create(model, options);
        const answers = ports.outputs.map((port) => port.name);
        return new OnnxRuntime(name, ort, session, ports.inputs, ports.outputs, answers);
    }
    async run(inputs) {
        const feeds = {};
        for (let i = 0; i < this.inputs.length; ++i) {
            const port = this.inputs[i];
            feeds[port.name] = new this.ort.Tensor(port.dtype, inputs[i], port.shape);
        }
        const found = await this.session.run(feeds, this.answers);
        return this.outputs.map((port) => found[port.name].data);
    }
    async close() {
        await this.session.release();
    }
}
