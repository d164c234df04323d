// A decoded photo -> the pixels that a model looks at, the same to the last bit as in Python.
//
// Resized until it just covers the wanted size, bilinear with antialiasing, and what sticks out cut
// off evenly. The arithmetic is Pillow's (libImaging/Resample.c): weights in fixed point of 22 bits,
// along rows first, rounded to 8 bits between the two passes.
import { EdgeAttnError } from "./engine.js";
const BITS = 32 - 8 - 2;
/** Read the pixels of a bitmap; make it with colorSpaceConversion "none" to keep the file's own. */
export function pixelsOf(bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null)
        throw new EdgeAttnError("this browser gives no 2D canvas to read pixels by");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
/** Resize until the photo covers height x width, then keep the middle; RGB, rows from the top. */
export function covering(photo, height, width) {
    const area = photo.width * photo.height;
    const channels = photo.data.length / area;
    if (!(area > 0) || (channels !== 3 && channels !== 4)) {
        throw new EdgeAttnError(`a photo of ${photo.width} x ${photo.height} pixels needs 3 or 4 bytes for each, ` +
            `not ${photo.data.length} in all`);
    }
    const scale = Math.max(height / photo.height, width / photo.width);
    const high = Math.max(height, roundHalfToEven(photo.height * scale));
    const wide = Math.max(width, roundHalfToEven(photo.width * scale));
    const large = resized(photo, channels, high, wide);
    const [left, top] = [(wide - width) >> 1, (high - height) >> 1];
    const middle = new Uint8Array(height * width * 3);
    for (let row = 0; row < height; ++row) {
        let from = (row + top) * large.stride + left * large.step;
        for (let to = row * width * 3; to < (row + 1) * width * 3; to += 3, from += large.step) {
            middle[to] = large.data[from];
            middle[to + 1] = large.data[from + 1];
            middle[to + 2] = large.data[from + 2];
        }
    }
    return middle;
}
function resized(photo, channels, height, width) {
    let now = { data: photo.data, stride: photo.width * channels, step: channels };
    if (width !== photo.width) {
        const data = new Uint8Array(photo.height * width * 3);
        const to = { data, stride: width * 3, step: 3 };
        resample(now, to, photo.height, weightsOf(photo.width, width));
        now = to;
    }
    if (height !== photo.height) {
        const data = new Uint8Array(height * width * 3);
        const from = { data: now.data, stride: now.step, step: now.stride };
        resample(from, { data, stride: 3, step: width * 3 }, width, weightsOf(photo.height, height));
        now = { data, stride: width * 3, step: 3 };
    }
    return now;
}
function weightsOf(input, output) {
    const scale = input / output;
    const spread = Math.max(scale, 1);
    const most = Math.ceil(spread) * 2 + 1;
    const first = new Int32Array(output);
    const count = new Int32Array(output);
    const weight = new Int32Array(output * most);
    const real = new Float64Array(most);
    for (let x = 0; x < output; ++x) {
        const centre = (x + 0.5) * scale;
        const begin = Math.max(Math.trunc(centre - spread + 0.5), 0);
        const length = Math.min(Math.trunc(centre + spread + 0.5), input) - begin;
        let sum = 0;
        for (let i = 0; i < length; ++i) {
            const distance = Math.abs((i + begin - centre + 0.5) * (1 / spread));
            real[i] = distance < 1 ? 1 - distance : 0;
            sum += real[i];
        }
        for (let i = 0; i < length; ++i) {
            const share = sum === 0 ? real[i] : real[i] / sum;
            weight[x * most + i] = Math.trunc(0.5 + share * (1 << BITS));
        }
        first[x] = begin;
        count[x] = length;
    }
    return { most, first, count, weight };
}
function resample(from, to, lines, weights) {
    const half = 1 << (BITS - 1);
    const pixels = from.data;
    for (let line = 0; line < lines; ++line) {
        for (let x = 0; x < weights.first.length; ++x) {
            let pixel = line * from.stride + weights.first[x] * from.step;
            let [red, green, blue] = [half, half, half];
            const begin = x * weights.most;
            for (let i = begin; i < begin + weights.count[x]; ++i, pixel += from.step) {
                const weight = weights.weight[i];
                red += pixels[pixel] * weight;
                green += pixels[pixel + 1] * weight;
                blue += pixels[pixel + 2] * weight;
            }
            const target = line * to.stride + x * to.step;
            to.data[target] = byte(red >> BITS);
            to.data[target + 1] = byte(green >> BITS);
            to.data[target + 2] = byte(blue >> BITS);
        }
    }
}
function byte(level) {
    return level < 0 ? 0 : level > 255 ? 255 : level;
}
/** Halves go to the even number, as in Python's round(). */
function roundHalfToEven(x) {
    const down = Math.floor(x);
    if (x - down !== 0.5)
        return Math.round(x);
    return down % 2 === 0 ? down : down + 1;
}
