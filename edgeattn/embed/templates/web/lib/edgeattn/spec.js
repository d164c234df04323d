// What manifest.json says of a model, as far as a program asks.
export {};
