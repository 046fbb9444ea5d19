/** 128 random bits in hex: spreads records evenly over shards, and names each of them. */
export function randomKey(random: () => number): string {
  let key = '';
  for (let word = 0; word < 4; word++) {
    key += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return key;
}
