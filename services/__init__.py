"""What every part of the assistant shares; knows nothing of Rasa, Sanic or Zalo."""
