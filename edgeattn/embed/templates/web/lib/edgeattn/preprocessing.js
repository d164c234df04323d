// The manifest's steps from a decoded sample to the input, the same to the last bit as NumPy's.
//
// JavaScript computes in float64. One operation on two float32 numbers, rounded to float32, gives
// what float32 hardware gives (Figueroa 1995), so every operation is rounded by itself.
import { EdgeAttnError } from "./engine.js";
/** Return what the model is fed for a sample of the given shape. */
export function prepare(sample, shape, steps) {
    let x = { shape, values: Float32Array.from(sample) };
    for (const step of steps)
        x = apply(step, x);
    return x.values;
}
function apply(step, x) {
    switch (step.step) {
        case "cast":
            return x; // every whole number of 8 bits is a float32
        case "scale":
            return scale(x, step.factor);
        case "normalize":
            return normalize(x, step.mean, step.std, step.axis ?? -1);
        case "transpose":
            return transpose(x, step.axes);
        default:
            throw new EdgeAttnError(`the step ${JSON.stringify(step)} is unknown; make the kit again`);
    }
}
/** x * factor. */
function scale({ shape, values }, factor) {
    const float = Math.fround(factor);
    for (let i = 0; i < values.length; ++i)
        values[i] = values[i] * float;
    return { shape, values };
}
/** (x - mean) / std, one of each per place along `axis`, or one for all. */
function normalize({ shape, values }, mean, std, axis) {
    const place = axis < 0 ? axis + shape.length : axis;
    const inner = shape.slice(place + 1).reduce((product, length) => product * length, 1);
    const means = Float32Array.from(mean);
    const stds = Float32Array.from(std);
    for (let i = 0; i < values.length; ++i) {
        const channel = means.length === 1 ? 0 : Math.floor(i / inner) % shape[place];
        values[i] = Math.fround(values[i] - means[channel]) / stds[channel];
    }
    return { shape, values };
}
/** x with its axes in another order, batch included. */
function transpose({ shape, values }, axes) {
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((p, length) => p * length, 1));
    const lengths = axes.map((axis) => shape[axis]);
    const steps = axes.map((axis) => strides[axis]);
    const done = new Float32Array(values.length);
    const at = axes.map(() => 0);
    const last = axes.length - 1;
    const step = steps[last];
    for (let n = 0; n < done.length;) {
        let place = 0;
        for (let i = 0; i < last; ++i)
            place += at[i] * steps[i];
        for (let i = 0; i < lengths[last]; ++i, place += step)
            done[n++] = values[place];
        for (let i = last - 1; i >= 0 && ++at[i] === lengths[i]; --i)
            at[i] = 0;
    }
    return { shape: lengths, values: done };
}
