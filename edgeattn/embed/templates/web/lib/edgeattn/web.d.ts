import { type Opened } from "./opening.js";
import type { Runtime, Spec } from "./spec.js";
/** How a browser is to run a model. */
export interface WebOptions {
    /** Which runtime; the spec's first when nobody says. */
    readonly runtime?: Runtime;
    /** "webgpu" only runs after it answered the golden vectors; otherwise WebAssembly does. */
    readonly backend?: "wasm" | "webgpu";
    /** Threads of onnxruntime-web on WebAssembly; more than 1 needs a page with COOP and COEP. */
    readonly threads?: number;
    /** Address of the folder with the model files. */
    readonly folder?: string | URL;
    /** Address of the folder with the .wasm files of LiteRT.js. */
    readonly litertWasm?: string;
}
/** Open a model in a browser. */
export declare function openInBrowser(spec: Spec, options?: WebOptions): Promise<Opened>;
/** Read a file of the model's folder. */
export declare function fetched(file: string, folder: string | URL): Promise<Uint8Array>;
