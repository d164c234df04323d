// A model in Node: onnxruntime-node on the processor.
import { readFile } from "node:fs/promises";
import { EdgeAttnError } from "./engine.js";
import { OnnxRuntime } from "./onnxruntime.js";
/** Open a model in Node. */
export async function openInNode(spec, options = {}) {
    const file = spec.files.onnxruntime;
    if (file === undefined) {
        throw new EdgeAttnError("Node runs .onnx files, and this kit has none; convert with --to onnx");
    }
    const folder = options.folder ?? new URL("../../model/", import.meta.url);
    const bytes = await readFile(new URL(file, folder));
    const ort = await import("onnxruntime-node");
    const engine = await OnnxRuntime.open("onnxruntime-node, cpu", ort, bytes, spec, {
        executionProviders: ["cpu"],
        intraOpNumThreads: options.threads ?? 1,
    });
    return { engine, backend: "cpu", reason: "" };
}
