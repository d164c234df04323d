// The steps of preprocessing.
export {};
