"""Web-to-lead: the form of the company's web site posts here."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from crm.campaigns.choices import CampaignStatus
from crm.campaigns.models import Campaign
from crm.customers.models import Source
from crm.customers.services import create_lead
from crm.duplicates.errors import DuplicateBlocked
from crm.intake.services import tell_of_repeated_enquiry
from suite.access.models import User
from suite.core.errors import InvalidInput


class WebLeadThrottle(AnonRateThrottle):
    """Few leads a minute come from one address."""

    rate = "10/min"


class WebLeadSerializer(serializers.Serializer[Any]):
    """What a visitor of the web site enters; ``website`` is a trap for robots and must stay empty."""

    name = serializers.CharField(max_length=80)
    company_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    mobile = serializers.CharField(max_length=40, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    requirement = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    campaign = serializers.CharField(
        max_length=30, required=False, allow_blank=True, help_text="Number of the campaign that the page belongs to."
    )
    website = serializers.CharField(required=False, allow_blank=True)


class WebLeadView(APIView):
    """
    Take a lead from the web site.

    The site's server sends the key of ``WEB_LEAD_KEY`` in the header ``X-Lead-Key``; without a configured key the
    endpoint is closed. The lead goes to whom the rules of assignment choose, else to the user named by
    ``WEB_LEAD_OWNER``. The rules of duplicates hold: an enquiry of somebody whom a rule blocks makes no second lead
    (202), it is passed on to who looks after them.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (WebLeadThrottle,)

    @extend_schema(request=WebLeadSerializer, responses={201: None, 202: None})
    def post(self, request: Request) -> Response:
        key = request.headers.get("X-Lead-Key", "")
        if not settings.WEB_LEAD_KEY or not hmac.compare_digest(key.encode(), settings.WEB_LEAD_KEY.encode()):
            raise PermissionDenied
        entered = WebLeadSerializer(data=request.data)
        entered.is_valid(raise_exception=True)
        values = dict(entered.validated_data)
        if values.pop("website", ""):
            return Response(status=201)
        if not values.get("mobile") and not values.get("email"):
            raise InvalidInput(_("Leave a phone number or an e-mail address."), field="mobile")
        owner = User.objects.filter(username=settings.WEB_LEAD_OWNER, is_active=True).first()
        if owner is None:
            raise ValidationError(_("Nobody is named to receive leads from the web site."))
        source, _created = Source.objects.get_or_create(code="WEB", defaults={"name": _("Web site")})
        # A page that names a campaign which is no more still brings leads.
        named = values.pop("campaign", "")
        campaign = Campaign.objects.exclude(status=CampaignStatus.CANCELLED).filter(number=named).first()
        if campaign is not None:
            source = campaign.source or source
        at = timezone.now()
        try:
            lead = create_lead(campaign=campaign, actor=None, fallback=owner, source=source, at=at, **values)
        except DuplicateBlocked:
            # Nothing of what is known is told to the site; whoever looks after them is told that they asked again.
            tell_of_repeated_enquiry(values=values, fallback=owner, at=at)
            return Response({"number": None}, status=202)
        return Response({"number": lead.number}, status=201)
