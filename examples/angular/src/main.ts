import { provideHttpClient, withFetch, withInterceptors } from '@angular/common/http'
import { bootstrapApplication } from '@angular/platform-browser'
import { App } from './app'
import { withToken } from './with-token'

bootstrapApplication(App, { providers: [provideHttpClient(withFetch(), withInterceptors([withToken]))] }).catch(
  console.error,
)
