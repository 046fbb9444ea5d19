import type { Pipeline } from 'weir';
import q5 from './q5.ts';
import q7 from './q7.ts';
import q11 from './q11.ts';
import q15 from './q15.ts';
import q16 from './q16.ts';
import q17 from './q17.ts';

/** All queries by event time, side by side over one stream: a pipeline is plain data, and so are its aggregates. */
const all: Pipeline = {
  ...q5,
  name: 'nexmark',
  aggregates: [q5, q7, q11, q15, q16, q17].flatMap(({ aggregates }) => aggregates),
};

export default all;
