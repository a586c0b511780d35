import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { MOVE_PATH } from '../bundled/move-instances.ts';
import type { Moved } from '../bundled/move-instances.ts';
import type { StackController } from '../bundled/stack-controller.ts';
import type { AccessControl } from './access-control.ts';
import { ProblemError, problem } from './rest/problem.ts';

const BODY = z.object({ to: z.enum(['embedded', 'bundled']) });

export interface MoveRouteOptions {
  readonly stack: Pick<StackController, 'move'>;
  readonly access: AccessControl;
}

/** For `npm run stack -- up` and `down` while this instance holds the data folder. Only for programs with the token. */
export function registerMove(app: FastifyInstance, { stack, access }: MoveRouteOptions): void {
  app.post(MOVE_PATH, (request): Promise<Moved> => {
    const body = BODY.safeParse(request.body);
    if (!access.isBearer(request.headers.authorization) || !body.success) {
      throw new ProblemError(problem(403, 'forbidden', 'Forbidden', 'Only the command "stack" may ask for that.'));
    }
    return stack.move(body.data.to).then((hasMoved) => ({ hasMoved }));
  });
}
