import { type Prediction } from "./classes.js";
import { Model } from "./model.js";
import { type Pixels } from "./photo.js";
/** A model that tells photos apart. */
export declare class PhotoClassifier<Label extends string = string> extends Model<Label> {
    /** Return the likeliest classes of an upright photo of any size, the best first. */
    classify(photo: ImageBitmap | ImageData | Pixels, most?: number): Promise<Prediction<Label>[]>;
    /** Return what the model is fed for RGB pixels of the right size. */
    prepare(rgb: Uint8Array): Float32Array;
    /** Return a number for each class, for a prepared input. */
    logits(input: Float32Array): Promise<Float32Array>;
}
