// Logits -> the likeliest classes.

/** A class, the model's number for it, and its share of the softmax, 0 to 1. */
export interface Prediction<Label extends string = string> {
  readonly index: number;
  readonly label: Label;
  readonly share: number;
}

/** Return the `most` likeliest classes, the best first; of equals the lower number. */
export function likeliest<Label extends string>(
  logits: ArrayLike<number>,
  labels: readonly Label[],
  most: number,
): Prediction<Label>[] {
  const order = Array.from(logits, (_, index) => index);
  order.sort((a, b) => logits[b]! - logits[a]! || a - b);
  const top = logits[order[0]!]!;
  let sum = 0;
  for (let i = 0; i < logits.length; ++i) sum += Math.exp(logits[i]! - top);
  return order.slice(0, most).map((index) => ({
    index,
    label: labels[index]!,
    share: Math.exp(logits[index]! - top) / sum,
  }));
}
