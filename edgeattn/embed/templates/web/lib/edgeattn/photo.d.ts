/** Upright pixels from the top left, RGBA as in ImageData, or RGB; transparency is not looked at. */
export interface Pixels {
    readonly width: number;
    readonly height: number;
    readonly data: Uint8Array | Uint8ClampedArray;
}
/** Read the pixels of a bitmap; make it with colorSpaceConversion "none" to keep the file's own. */
export declare function pixelsOf(bitmap: ImageBitmap): Pixels;
/** Resize until the photo covers height x width, then keep the middle; RGB, rows from the top. */
export declare function covering(photo: Pixels, height: number, width: number): Uint8Array;
