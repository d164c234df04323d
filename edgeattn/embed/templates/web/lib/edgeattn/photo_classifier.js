// Photos in, classes out.
import { likeliest } from "./classes.js";
import { Model } from "./model.js";
import { covering, pixelsOf } from "./photo.js";
import { prepare } from "./preprocessing.js";
/** A model that tells photos apart. */
export class PhotoClassifier extends Model {
    /** Return the likeliest classes of an upright photo of any size, the best first. */
    async classify(photo, most = 5) {
        const pixels = "data" in photo ? photo : pixelsOf(photo);
        const { height, width } = this.spec.photo;
        const logits = await this.logits(this.prepare(covering(pixels, height, width)));
        return likeliest(logits, this.spec.labels, most);
    }
    /** Return what the model is fed for RGB pixels of the right size. */
    prepare(rgb) {
        const { height, width } = this.spec.photo;
        return prepare(rgb, [1, height, width, 3], this.spec.steps);
    }
    /** Return a number for each class, for a prepared input. */
    async logits(input) {
        return (await this.run([input]))[0];
    }
}
