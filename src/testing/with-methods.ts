/** The target with some of its methods replaced; the others still see it whole. */
export function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (own, name) => {
      const value: unknown = Reflect.get(name in methods ? methods : own, name);
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
}
