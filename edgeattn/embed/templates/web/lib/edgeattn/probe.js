// Golden vectors that travel with the model: does this engine, on this device, answer as promised?
//
// probe.bin is gzip of: all samples of each input, then of the first output as each runtime's file
// answered it in Python; little-endian, in the order of the ports and of `spec.probe.runtimes`.
import { count, read, size } from "./engine.js";
/** Unpack probe.bin. */
export async function unpack(spec, runtime, packed) {
    const stream = new Blob([packed]).stream();
    const bytes = await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    const { samples, runtimes } = spec.probe;
    let offset = 0;
    const inputs = spec.inputs.map((port) => {
        const numbers = read(port, bytes, offset, samples);
        offset += numbers.byteLength;
        return numbers;
    });
    const output = spec.outputs[0];
    offset += runtimes.indexOf(runtime) * count(output) * size(output) * samples;
    return { samples, inputs, expected: read(output, bytes, offset, samples) };
}
/**
 * Run the golden samples.
 *
 * They pass when the largest difference is at most 2 % of the expected outputs' range and each
 * sample's best class is what it was: what `edgeattn check` asks of another kind of processor.
 */
export async function judge(engine, spec, probe) {
    const expected = Array.from(probe.expected, Number);
    const range = Math.max(...expected) - Math.min(...expected) || 1;
    const length = expected.length / probe.samples;
    let [largest, same] = [0, true];
    for (let sample = 0; sample < probe.samples; ++sample) {
        const inputs = spec.inputs.map((port, i) => probe.inputs[i].slice(sample * count(port), (sample + 1) * count(port)));
        const found = Array.from((await engine.run(inputs))[0], Number);
        const wanted = expected.slice(sample * length, (sample + 1) * length);
        for (let i = 0; i < length; ++i) {
            const difference = Math.abs(found[i] - wanted[i]) / range;
            largest = difference <= largest ? largest : Number.isNaN(difference) ? Infinity : difference;
        }
        same &&= spec.labels.length === 0 || best(found) === best(wanted);
    }
    const passed = same && largest <= 0.02;
    const words = `${probe.samples} golden samples ${passed ? "passed" : "FAILED"}, ` +
        `largest difference ${(100 * largest).toFixed(2)} % of the range`;
    return { passed, difference: largest, words };
}
function best(numbers) {
    return numbers.indexOf(Math.max(...numbers));
}
