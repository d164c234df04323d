// Numbers of a microphone or of sensors in, classes out.
import { likeliest } from "./classes.js";
import { Model } from "./model.js";
import { prepare } from "./preprocessing.js";
/** A model that tells samples apart: as many numbers as its input holds, in its order. */
export class SampleClassifier extends Model {
    /** Return the likeliest classes, the best first. */
    async classify(sample, most = 5) {
        return likeliest(await this.logits(this.prepare(sample)), this.spec.labels, most);
    }
    /** Return what the model is fed for a sample. */
    prepare(sample) {
        const { steps, inputs } = this.spec;
        return steps.length === 0 ? sample : prepare(sample, inputs[0].shape, steps);
    }
    /** Return a number for each class, for a prepared input. */
    async logits(input) {
        return (await this.run([input]))[0];
    }
}
