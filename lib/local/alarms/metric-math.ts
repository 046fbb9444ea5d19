/** A metric's value, or `undefined` where it has none. */
type Value = number | undefined;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(>=|<=|==|!=|[-+*/()<>,]))/y;

/**
 * Works out an expression of CloudWatch's metric math for one period: numbers, ids, `+ - * /`, comparisons (1 or 0),
 * parentheses, `IF(condition, then, else)` and `FILL(value, number)`. What it depends on and is missing makes the result missing, and so does
 * a division by zero. Throws `SyntaxError` for anything else: an alarm must not be taken for one that was evaluated.
 */
export function evaluateMath(expression: string, valueOf: (id: string) => Value): Value {
  const tokens = tokenize(expression);
  let at = 0;
  const take = (...wanted: readonly string[]): string | undefined => {
    const token = tokens[at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    at += 1;
    return token;
  };
  const expect = (wanted: string) => {
    if (take(wanted) === undefined)
      throw new SyntaxError(`metric math: '${wanted}' expected in ${expression}`);
  };
  const operators = (next: () => Value, symbols: readonly string[]) => (): Value => {
    let left = next();
    for (let symbol = take(...symbols); symbol !== undefined; symbol = take(...symbols)) {
      left = apply(symbol, left, next());
    }
    return left;
  };
  const primary = (): Value => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new SyntaxError(`metric math: ${expression} ends too early`);
    if (token === '(') {
      const inner = comparison();
      expect(')');
      return inner;
    }
    if (/^\d/.test(token)) return Number(token);
    if (!/^[A-Za-z_]/.test(token))
      throw new SyntaxError(`metric math: '${token}' is unexpected in ${expression}`);
    if (tokens[at] !== '(') return valueOf(token);
    if (token === 'FILL') {
      expect('(');
      const filled = comparison();
      expect(',');
      const value = comparison();
      expect(')');
      return filled ?? value;
    }
    if (token !== 'IF') throw new SyntaxError(`metric math: the function ${token} is not known here`);
    expect('(');
    const condition = comparison();
    expect(',');
    const whenTrue = comparison();
    expect(',');
    const whenFalse = comparison();
    expect(')');
    return condition === undefined ? undefined : condition === 0 ? whenFalse : whenTrue;
  };
  const product = operators(primary, ['*', '/']);
  const sum = operators(product, ['+', '-']);
  const comparison = operators(sum, ['>', '<', '>=', '<=', '==', '!=']);
  const result = comparison();
  if (at < tokens.length)
    throw new SyntaxError(`metric math: '${tokens[at]}' is unexpected in ${expression}`);
  return result;
}

function tokenize(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (match === null) throw new SyntaxError(`metric math: '${expression.slice(from)}' is not understood`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

function apply(symbol: string, left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  switch (symbol) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : left / right;
    case '>':
      return Number(left > right);
    case '<':
      return Number(left < right);
    case '>=':
      return Number(left >= right);
    case '<=':
      return Number(left <= right);
    case '==':
      return Number(left === right);
    default:
      return Number(left !== right);
  }
}
