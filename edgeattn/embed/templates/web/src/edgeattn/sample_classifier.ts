// Numbers of a microphone or of sensors in, classes out.

import { type Prediction, likeliest } from "./classes.js";
import { Model } from "./model.js";
import { prepare } from "./preprocessing.js";

/** A model that tells samples apart: as many numbers as its input holds, in its order. */
export class SampleClassifier<Label extends string = string> extends Model<Label> {
  /** Return the likeliest classes, the best first. */
  async classify(sample: Float32Array, most = 5): Promise<Prediction<Label>[]> {
    return likeliest(await this.logits(this.prepare(sample)), this.spec.labels, most);
  }

  /** Return what the model is fed for a sample. */
  prepare(sample: Float32Array): Float32Array {
    const { steps, inputs } = this.spec;
    return steps.length === 0 ? sample : prepare(sample, inputs[0]!.shape, steps);
  }

  /** Return a number for each class, for a prepared input. */
  async logits(input: Float32Array): Promise<Float32Array> {
    return (await this.run([input]))[0] as Float32Array;
  }
}
