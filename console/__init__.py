"""The officers' web pages: reports, conversations to review, exports, figures, staff, audit."""
