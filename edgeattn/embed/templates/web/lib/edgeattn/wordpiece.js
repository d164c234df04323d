// Text -> numbers of word pieces, as Python's tokenizer makes them from the same vocabulary.
//
// Words are what stands between white space and punctuation, in lower case and without accents. From
// the left, each gives the longest piece the vocabulary knows; pieces inside a word begin with "##".
// Source: Devlin et al. 2018, "BERT". Lower case, NFD and categories are this platform's Unicode.
const LONGEST_WORD = 100; // letters; a longer one is unknown, as in BERT
// Python's str.isspace(); JavaScript's \s lacks the separators of ASCII and NEL, and adds U+FEFF.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
const DROPPED = /[\p{Mn}\p{C}\ufffd]/u;
// ASCII symbols such as $ and + count as punctuation too, as in BERT; Han letters stand alone.
const ALONE = /[\p{P}!-/:-@[-`{-~\u4e00-\u9fff\u3400-\u4dbf]/u;
/** A vocabulary, and how text becomes its numbers. */
export class WordPiece {
    number;
    /** @param vocabulary Begins with [PAD], [UNK], [CLS] and [MASK]. */
    constructor(vocabulary) {
        this.number = new Map(vocabulary.map((piece, index) => [piece, index]));
    }
    /** Return [CLS], the pieces, then [PAD]; the mask is 1 where a piece stands. */
    encode(text, length) {
        const found = ["[CLS]", ...words(text).flatMap((word) => this.split(word))].slice(0, length);
        const ids = new Int32Array(length);
        found.forEach((piece, i) => (ids[i] = this.number.get(piece)));
        return { ids, mask: Float32Array.from(ids, (id) => (id === 0 ? 0 : 1)) };
    }
    split(word) {
        const letters = Array.from(word);
        if (letters.length > LONGEST_WORD)
            return ["[UNK]"];
        const found = [];
        for (let begin = 0; begin < letters.length;) {
            const mark = found.length > 0 ? "##" : "";
            let end = letters.length;
            while (end > begin && !this.number.has(mark + letters.slice(begin, end).join("")))
                --end;
            if (end === begin)
                return ["[UNK]"];
            found.push(mark + letters.slice(begin, end).join(""));
            begin = end;
        }
        return found;
    }
}
/** Return the words of a text; each mark of punctuation is a word, and so is each Han letter. */
export function words(text) {
    const found = [];
    let word = "";
    const end = () => {
        if (word !== "")
            found.push(word);
        word = "";
    };
    for (const letter of text.toLowerCase().normalize("NFD")) {
        if (SPACE.test(letter)) {
            end();
        }
        else if (ALONE.test(letter)) {
            end();
            found.push(letter);
        }
        else if (!DROPPED.test(letter)) {
            word += letter;
        }
    }
    end();
    return found;
}
