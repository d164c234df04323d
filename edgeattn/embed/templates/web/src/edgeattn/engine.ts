// What a model needs of whatever runs it.

/** Numbers as every engine here takes them; int64 comes as BigInt64Array. */
export type Numbers = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** NumPy's name of a type. */
export type Dtype = "float32" | "int8" | "uint8" | "int32" | "int64";

/** A tensor that goes in or comes out. */
export interface Port {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** A model, opened. */
export interface Engine {
  /** "onnxruntime-web, wasm". */
  readonly name: string;
  /** Answer with the outputs for the inputs, each in the order of the ports. */
  run(inputs: readonly Numbers[]): Promise<Numbers[]>;
  /** Give the memory back; nothing runs afterwards. */
  close(): Promise<void>;
}

/** What a caller can act on: its message says what, how much, and what next. */
export class EdgeAttnError extends Error {
  override name = "EdgeAttnError";
}

/** Elements of a tensor. */
export function count(port: Port): number {
  let product = 1;
  for (const length of port.shape) product *= length;
  return product;
}

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const;

/** Refuse numbers that are not what a port takes. */
export function check(port: Port, numbers: Numbers): void {
  if (!(numbers instanceof ARRAYS[port.dtype]) || numbers.length !== count(port)) {
    throw new EdgeAttnError(
      `${port.name} takes ${count(port)} numbers in a ${ARRAYS[port.dtype].name}, ` +
        `not ${numbers.length} in a ${numbers.constructor.name}`,
    );
  }
}

/** Read numbers of a port's type out of little-endian bytes, as many as `samples` samples hold. */
export function read(port: Port, bytes: ArrayBuffer, offset: number, samples: number): Numbers {
  const length = count(port) * samples;
  return new ARRAYS[port.dtype](bytes.slice(offset, offset + length * size(port)));
}

/** Bytes of one element. */
export function size(port: Port): number {
  return ARRAYS[port.dtype].BYTES_PER_ELEMENT;
}
