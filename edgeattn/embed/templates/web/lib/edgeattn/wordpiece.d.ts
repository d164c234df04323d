/** A vocabulary, and how text becomes its numbers. */
export declare class WordPiece {
    private readonly number;
    /** @param vocabulary Begins with [PAD], [UNK], [CLS] and [MASK]. */
    constructor(vocabulary: readonly string[]);
    /** Return [CLS], the pieces, then [PAD]; the mask is 1 where a piece stands. */
    encode(text: string, length: number): {
        ids: Int32Array;
        mask: Float32Array;
    };
    private split;
}
/** Return the words of a text; each mark of punctuation is a word, and so is each Han letter. */
export declare function words(text: string): string[];
