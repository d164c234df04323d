// Sentences in, classes out.

import { type Prediction, likeliest } from "./classes.js";
import { EdgeAttnError, type Numbers } from "./engine.js";
import { Model } from "./model.js";
import type { Opened } from "./opening.js";
import type { Spec } from "./spec.js";
import { WordPiece } from "./wordpiece.js";

/** A model that tells texts apart. */
export class TextClassifier<Label extends string = string> extends Model<Label> {
  private readonly tokenizer: WordPiece;

  constructor(spec: Spec<Label>, opened: Opened, vocabulary: readonly string[]) {
    super(spec, opened);
    this.tokenizer = new WordPiece(vocabulary);
  }

  /** Return the likeliest classes of a text, the best first. */
  async classify(text: string, most = 5): Promise<Prediction<Label>[]> {
    const [logits] = await this.run(this.prepare(text));
    return likeliest(logits as Float32Array, this.spec.labels, most);
  }

  /** Return the inputs for a text, in the order of the ports. */
  prepare(text: string): Numbers[] {
    const names = this.spec.text!;
    const { ids, mask } = this.tokenizer.encode(text, names.length);
    return this.spec.inputs.map(({ name, dtype }) => {
      const numbers = name === names.ids ? ids : name === names.mask ? mask : undefined;
      if (numbers === undefined) throw new EdgeAttnError(`no text fills the input ${name}`);
      if (dtype === "float32") return Float32Array.from(numbers);
      return dtype === "int64" ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers);
    });
  }
}
