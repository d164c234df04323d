// What a model needs of whatever runs it.
/** What a caller can act on: its message says what, how much, and what next. */
export class EdgeAttnError extends Error {
    name = "EdgeAttnError";
}
/** Elements of a tensor. */
export function count(port) {
    let product = 1;
    for (const length of port.shape)
        product *= length;
    return product;
}
const ARRAYS = {
    float32: Float32Array,
    int8: Int8Array,
    uint8: Uint8Array,
    int32: Int32Array,
    int64: BigInt64Array,
};
/** Refuse numbers that are not what a port takes. */
export function check(port, numbers) {
    if (!(numbers instanceof ARRAYS[port.dtype]) || numbers.length !== count(port)) {
        throw new EdgeAttnError(`${port.name} takes ${count(port)} numbers in a ${ARRAYS[port.dtype].name}, ` +
            `not ${numbers.length} in a ${numbers.constructor.name}`);
    }
}
/** Read numbers of a port's type out of little-endian bytes, as many as `samples` samples hold. */
export function read(port, bytes, offset, samples) {
    const length = count(port) * samples;
    return new ARRAYS[port.dtype](bytes.slice(offset, offset + length * size(port)));
}
/** Bytes of one element. */
export function size(port) {
    return ARRAYS[port.dtype].BYTES_PER_ELEMENT;
}
