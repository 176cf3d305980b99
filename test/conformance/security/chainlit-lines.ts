import { line, plant, python, type SecurityLine, unit } from './security-line.js'

const KEPT = 'python/twodoor/tokens/kept_tokens.py'

export const chainlitLines: readonly SecurityLine[] = [
  line(
    'S74',
    plant(
      'python/twodoor/chainlit/relay.py',
      'if not secrets.compare_digest(content["question"], question):',
      'if not content["question"]:',
    ),
    python('chainlit/test_relay.py', 'test_a_token_is_opened_by_the_question_that_it_answers_alone'),
    python('chainlit/test_relay.py', 'test_what_the_page_gets_shows_nothing_of_the_token'),
    python('chainlit/test_session_tokens.py', 'test_an_answer_to_another_question_is_none'),
    unit('chainlit/token-questions.test.ts', 'gets what the server has made of it, and no token'),
  ),
  line(
    'S75',
    [
      plant(KEPT, 'self._of_user.setdefault(owner.key, _User())', 'self._of_user.setdefault("", _User())'),
      plant(KEPT, 'self._of_user.get(owner.key)', 'self._of_user.get("")'),
    ],
    python('chainlit/test_session_tokens.py', 'test_two_sessions_speak_for_their_own_users'),
    python('chainlit/test_session_tokens.py', 'test_a_token_of_somebody_else_is_never_used'),
  ),
  line(
    'S76',
    plant('python/twodoor/chainlit/admission.py', 'if refusal is not None:', 'if refusal is None:'),
    python('chainlit/test_admission.py', 'test_with_roles_a_user_needs_one_of_them'),
    python('chainlit/test_admission.py', 'test_what_is_no_metadata_lets_nobody_in'),
    python('chainlit/test_sockets.py', 'test_who_may_come_in_no_more_loses_sockets_and_sessions'),
    python('chainlit/test_session_tokens.py', 'test_who_may_come_in_no_more_gets_nothing_in_a_session_that_is_left'),
    python('chainlit/test_session_tokens.py', 'test_a_posted_token_passes_the_same_checks_and_begins_no_session'),
  ),
]
