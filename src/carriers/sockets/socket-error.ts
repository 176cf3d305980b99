import { AuthError, type AuthErrorCode, type AuthErrorDetails } from '../../shared/errors.js'

export function socketError(code: AuthErrorCode, details?: Omit<AuthErrorDetails, 'phase'>): AuthError {
  return new AuthError(code, { phase: 'socket', ...details })
}
