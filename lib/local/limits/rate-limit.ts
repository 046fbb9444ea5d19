/** How much of something there was in this second of the clock. */
export class SecondlyUse {
  #second = 0;
  #used = 0;

  used(nowMs: number): number {
    return this.#second === Math.floor(nowMs / 1000) ? this.#used : 0;
  }

  add(amount: number, nowMs: number): void {
    this.#used = this.used(nowMs) + amount;
    this.#second = Math.floor(nowMs / 1000);
  }
}
