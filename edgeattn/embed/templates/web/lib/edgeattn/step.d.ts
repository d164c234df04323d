/** A step as manifest.json holds it. */
export type Step = {
    readonly step: "cast";
    readonly dtype: "float32";
} | {
    readonly step: "scale";
    readonly factor: number;
} | {
    readonly step: "normalize";
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly axis?: number;
} | {
    readonly step: "transpose";
    readonly axes: readonly number[];
};
