import { clouds, type MicrosoftCloud, type MicrosoftCloudName } from '../shared/clouds.js'
import { must } from '../shared/validate.js'

const byName = new Map<unknown, MicrosoftCloud>(
  clouds.map((cloud) => [
    cloud.name,
    Object.freeze({ ...cloud, frameAncestors: Object.freeze([...cloud.frameAncestors]) }),
  ]),
)

/**
 * The addresses of one of Microsoft's clouds: its authority, its Graph, and who frames tabs there.
 *
 * ```ts
 * const { authority, frameAncestors } = microsoftCloud('gcc-high')
 * const verifier = createVerifier({ clientId, tenants, authority })
 * const policy = `frame-ancestors 'self' ${frameAncestors.join(' ')}`
 * ```
 *
 * @throws {AuthError} `config_invalid` for a cloud that is not known
 */
export function microsoftCloud(name: MicrosoftCloudName): MicrosoftCloud {
  const cloud = byName.get(name)
  must('cloud', name, cloud, `one of ${[...byName.keys()].join(', ')}, for example gcc-high`)
  return cloud
}
