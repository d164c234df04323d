import type { Opened } from "./opening.js";
import type { Spec } from "./spec.js";
/** How Node is to run a model. */
export interface NodeOptions {
    /** Threads for one inference. */
    readonly threads?: number;
    /** The folder with the model files. */
    readonly folder?: URL;
}
/** Open a model in Node. */
export declare function openInNode(spec: Spec, options?: NodeOptions): Promise<Opened>;
