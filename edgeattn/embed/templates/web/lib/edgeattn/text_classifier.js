// Sentences in, classes out.
import { likeliest } from "./classes.js";
import { EdgeAttnError } from "./engine.js";
import { Model } from "./model.js";
import { WordPiece } from "./wordpiece.js";
/** A model that tells texts apart. */
export class TextClassifier extends Model {
    tokenizer;
    constructor(spec, opened, vocabulary) {
        super(spec, opened);
        this.tokenizer = new WordPiece(vocabulary);
    }
    /** Return the likeliest classes of a text, the best first. */
    async classify(text, most = 5) {
        const [logits] = await this.run(this.prepare(text));
        return likeliest(logits, this.spec.labels, most);
    }
    /** Return the inputs for a text, in the order of the ports. */
    prepare(text) {
        const names = this.spec.text;
        const { ids, mask } = this.tokenizer.encode(text, names.length);
        return this.spec.inputs.map(({ name, dtype }) => {
            const numbers = name === names.ids ? ids : name === names.mask ? mask : undefined;
            if (numbers === undefined)
                throw new EdgeAttnError(`no text fills the input ${name}`);
            if (dtype === "float32")
                return Float32Array.from(numbers);
            return dtype === "int64" ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers);
        });
    }
}
