"""Wire models, apart from the domain's types. Instants carry the district's offset; NaN is null."""
