import type { NextConfig } from 'next'
import { microsoftCloud } from 'twodoor/server'

const { frameAncestors } = microsoftCloud('public')
const policy = `frame-ancestors 'self' ${frameAncestors.join(' ')}`

export default {
  headers: async () => [{ source: '/:path*', headers: [{ key: 'Content-Security-Policy', value: policy }] }],
} satisfies NextConfig
