/** A class, the model's number for it, and its share of the softmax, 0 to 1. */
export interface Prediction<Label extends string = string> {
    readonly index: number;
    readonly label: Label;
    readonly share: number;
}
/** Return the `most` likeliest classes, the best first; of equals the lower number. */
export declare function likeliest<Label extends string>(logits: ArrayLike<number>, labels: readonly Label[], most: number): Prediction<Label>[];
