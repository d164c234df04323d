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
export declare class EdgeAttnError extends Error {
    name: string;
}
/** Elements of a tensor. */
export declare function count(port: Port): number;
/** Refuse numbers that are not what a port takes. */
export declare function check(port: Port, numbers: Numbers): void;
/** Read numbers of a port's type out of little-endian bytes, as many as `samples` samples hold. */
export declare function read(port: Port, bytes: ArrayBuffer, offset: number, samples: number): Numbers;
/** Bytes of one element. */
export declare function size(port: Port): number;
