// Logits -> the likeliest classes.
/** Return the `most` likeliest classes, the best first; of equals the lower number. */
export function likeliest(logits, labels, most) {
    const order = Array.from(logits, (_, index) => index);
    order.sort((a, b) => logits[b] - logits[a] || a - b);
    const top = logits[order[0]];
    let sum = 0;
    for (let i = 0; i < logits.length; ++i)
        sum += Math.exp(logits[i] - top);
    return order.slice(0, most).map((index) => ({
        index,
        label: labels[index],
        share: Math.exp(logits[index] - top) / sum,
    }));
}
