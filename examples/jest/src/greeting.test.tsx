import { act, fireEvent, render, screen } from '@testing-library/react'
import { AuthProvider } from 'twodoor/react'
import { createTestAuth } from 'twodoor/testing'
import { Greeting } from './greeting'

test('asks for a sign-in, and greets who has signed in', () => {
  const auth = createTestAuth('signed-out')
  render(
    <AuthProvider auth={auth}>
      <Greeting />
    </AuthProvider>,
  )
  fireEvent.click(screen.getByText('Sign in'))
  expect(auth.calls.signIn).toHaveLength(1)

  act(() => auth.set('signed-in'))
  expect(screen.getByText('Hello Adele Vance')).toBeTruthy()
})

test('says what to do when nobody can sign in', () => {
  render(
    <AuthProvider auth={createTestAuth('failed')}>
      <Greeting />
    </AuthProvider>,
  )
  expect(screen.getByRole('alert').textContent).not.toBe('')
})
