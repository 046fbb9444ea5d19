import { type Report, show } from './definition-checks.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** The name of something that a definition declares and that fields, columns or keys are called after; false: a bad one. */
export function checkName(name: string, place: string, report: Report): boolean {
  if (NAME.test(name)) return true;
  report(place, `has the name ${show(name)}; use 1 to 64 letters, digits and '_', beginning with a letter`);
  return false;
}
