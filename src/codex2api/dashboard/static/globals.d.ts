/** The language's texts, which the server puts before the modules; empty for English. */
declare const TEXTS: Record<string, string>;
