# The chat widget. `{ $value }` and the like are filled in by the widget.

title = Assistant
close = Close the chat
help = Open the help page
contact = Other ways to reach the shop

# The line under the name
state-starting = Getting ready…
state-online = Ready to help
state-offline = Offline · can still answer
state-queued = Contacting our staff
state-queued-next = You are next in line
state-queued-ahead = In line, { $value } ahead
state-queued-offline = Offline · you keep your place
state-assigned = { $value } is with you
state-assigned-unnamed = A person is with you
state-offline-person = Offline · we pick up from here
state-failed = Not available right now

# A person
person = Ask a person
person-leave = Leave the line
person-end = End chat
person-end-confirm = Really end it?
person-unavailable = This shop has no staff on chat.

# Before the first message
greeting = Hello. How can we help?
greeting-more = Orders, delivery, returns, sizes, vouchers: just type your question.
starters = Often asked
privacy = You are talking to an automated assistant that works on your device. What you write is sent to the shop only when you ask for a person.
privacy-tasks = You are talking to an automated assistant that works on your device. To look up or change an order, what that needs is sent to the shop; the conversation only when you ask for a person.

# Messages
transcript = Conversation
author-shopper = You
author-assistant = Assistant
author-operator = Staff
author-system = System message
quick-replies = Suggested replies
writing = Typing
new-messages = New messages
day-today = Today
day-yesterday = Yesterday
delivery-pending = Waiting to send
delivery-sent = Sent
delivery-seen = Seen
delivery-failed = Not sent
retry = Try again
hidden = Not shown to our staff:
reveal = Show { $value }

# Under an answer
source = From: { $question }
verified = Checked { $date }
valid-until = Valid until { $date }
rate = Did this help?
rated = Thank you, noted
helpful = It helped
not-helpful = It did not help

# Events, where the engine sends no text of its own
event-handoff_requested = Asked for a person
event-handoff_cancelled = Left the line
event-operator_joined = A person has joined
event-operator_joined-named = { $value } has joined
event-operator_left = The person has left
event-ended = The chat with staff has ended; the assistant carries on
event-erased = Conversation cleared

# The text box
message = Message
placeholder = Type your question
placeholder-person = Write to our staff
send = Send
image = Send a picture
image-sent = [Picture]
image-unreadable = This picture cannot be read
image-too-large = This picture is too large
suggestions = Related questions
suggestions-count = { $n } related questions; choose with the arrow keys
bytes-left = { $n } bytes left
too-long = { $n } bytes too long, please send it in parts
note-local = This chat stays on your device
note-person = Messages go to the shop's staff
note-pending = { $n } waiting; sent when you are back online
erase = Erase the conversation
privacy-more = Privacy and record
receipt = Privacy and record
receipt-here = { $n } messages are kept on this device.
receipt-sent = { $n } of them have gone, or are going, to the people of this shop, and to nobody else.
receipt-none-sent = Nothing you wrote has left this device.
receipt-acted = For { $n } tasks, what they needed, such as an order number, went to the shop’s own server.
receipt-models = Understanding and answering happen on this device; the network only brings knowledge and models.
copy = Copy the conversation
copied = Copied
large = Large text
read-aloud = Read aloud
print = Print
report = Report a problem
erase-confirm = Really clear?

failed-text = The assistant is not available right now. Please try again later.

# Cards
cards = Cards, scroll sideways for more
card-order = Order { $value }
card-steps = Progress, newest first
card-was = Before: { $value }
copy-code = Copy
form-none = Leave out
form-order = An order number has letters, digits and hyphens
rating = Rate the help you got
stars = { $n } of 5 stars
card-compare = Two products compared
tastes = What I take you to like, kept on this device. Press one to take it out.
taste-category = Kind: { $value }
taste-brand = Brand: { $value }
taste-price = Price: { $value }
taste-forget = Take out “{ $value }”
tastes-clear = Take out all
privacy-session = So that it can recommend, the shop learns which products you look at.
continue = Go on at another device
continue-enter = Other device's code
continue-go = Go on
continue-code = The code { $value } works once, for ten minutes. Open the chat at the other device and enter it here.
continue-none = There is no conversation with a person yet, so no code is needed.
continue-busy = A conversation with a person is going on here; end it first.
continue-refused = This code is wrong, was used, or is over.
continue-offline = The shop cannot be reached now. Please try again later.
privacy-interests = So that it can recommend, the shop learns roughly what you like and what you do with its suggestions, not which products you look at.
